import type { Share } from '#contract/entries.ts';
import { useWorld } from '../live/use-world.ts';
import { useWords } from '../words/use-words.ts';

/** Where a price goes: one bar, and the same as a list. */
export function MoneyShares({ shares, currency }: { shares: readonly Share[]; currency: string }) {
  const { say, money, percent } = useWords();
  const names = useWorld((world) => world.accounts);
  const total = shares.reduce((sum, share) => sum + Number(share.minor), 0);
  const shareOf = (share: Share) => (total === 0 ? 0 : Number(share.minor) / total);
  return (
    <div className="shares">
      <div className="shares-bar" aria-hidden="true">
        {shares.map((share) => (
          <span
            key={`${share.agent}/${share.reason}`}
            className={`share-${share.reason}`}
            style={{ flexGrow: shareOf(share) }}
          />
        ))}
      </div>
      <ul>
        {shares.map((share) => (
          <li key={`${share.agent}/${share.reason}`}>
            <span className={`share-dot share-${share.reason}`} aria-hidden="true" />
            <span className="share-who">
              {say(`share.${share.reason}`, { who: names[share.agent]?.name ?? share.agent })}
            </span>
            <span className="soft small figures">{percent(shareOf(share))}</span>
            <strong className="figures">{money(share.minor, currency)}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
