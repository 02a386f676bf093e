import type { RulePack } from '#contract/entries.ts';
import type { AccountView } from '#contract/views.ts';
import { useWorld } from '../live/use-world.ts';
import { materialName } from '../parts/refusal-words.ts';
import { useWords } from '../words/use-words.ts';
import { sumOfAccounts } from './sum-of-accounts.ts';

export function CommonsPage() {
  const { say } = useWords();
  const accounts = useWorld((world) => world.accounts);
  const community = useWorld((world) => world.community);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{say('commons.title')}</h1>
        <span className="soft">{say('commons.about')}</span>
      </div>
      <div className="job-columns">
        <Accounts accounts={Object.values(accounts)} currency={community?.rulePack.currency ?? 'EUR'} />
        {community && <Rules rulePack={community.rulePack} />}
      </div>
    </div>
  );
}

function Accounts({ accounts, currency }: { accounts: readonly AccountView[]; currency: string }) {
  const { say, money, locale } = useWords();
  const sums = sumOfAccounts(accounts);
  if (sums.size === 0) sums.set(currency, 0n);
  const sorted = accounts.toSorted((one, other) => one.name.localeCompare(other.name, locale));
  return (
    <section className="card pad accounts-scroll" aria-labelledby="accounts-title">
      <h2 id="accounts-title">{say('accounts.title')}</h2>
      <table className="accounts figures">
        <thead>
          <tr>
            <th scope="col">{say('accounts.who')}</th>
            <th scope="col">{say('accounts.received')}</th>
            <th scope="col">{say('accounts.paid')}</th>
            <th scope="col">{say('accounts.balance')}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((account) => (
            <tr key={account.agent}>
              <td>
                {account.name} <span className="soft small">{say(`agent.${account.kind}`)}</span>
              </td>
              <td>{money(account.receivedMinor, account.currency)}</td>
              <td>{money(account.paidMinor, account.currency)}</td>
              <td>{money(account.balanceMinor, account.currency)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          {[...sums].map(([one, sum]) => (
            <tr key={one}>
              <th scope="row" colSpan={3}>
                {say('accounts.sum')}
              </th>
              <td data-sum={String(sum)}>{money(String(sum), one)}</td>
            </tr>
          ))}
        </tfoot>
      </table>
      <p className="soft small">{say('accounts.why')}</p>
    </section>
  );
}

const BASIS_POINTS = 10_000;

/** The rule pack in words. */
function Rules({ rulePack }: { rulePack: RulePack }) {
  const words = useWords();
  const { say, percent, money, short } = words;
  const cost = (minor: number) => money(String(minor), rulePack.currency);
  const rest = BASIS_POINTS - rulePack.designBasisPoints - rulePack.fundBasisPoints;
  return (
    <section className="card pad" aria-labelledby="rules-title">
      <h2 id="rules-title">{say('rules.title', { version: rulePack.version })}</h2>
      <ul className="rules">
        <li>{say('rules.design', { share: percent(rulePack.designBasisPoints / BASIS_POINTS) })}</li>
        <li>{say('rules.fund', { share: percent(rulePack.fundBasisPoints / BASIS_POINTS) })}</li>
        <li>{say('rules.labs', { share: percent(rest / BASIS_POINTS) })}</li>
        <li>{say('rules.cut', { amount: cost(rulePack.machineMinorPerHour.cut) })}</li>
        <li>{say('rules.print', { amount: cost(rulePack.machineMinorPerHour.print) })}</li>
        <li>{say('rules.work', { amount: cost(rulePack.workMinorPerJob) })}</li>
        <li>{say('rules.filament', { amount: cost(rulePack.filamentMinorPerKg) })}</li>
        {rulePack.sheetMinorPerM2.map(({ material, thicknessUm, minor }) => (
          <li key={`${material}${thicknessUm}`}>
            {say('rules.sheet', {
              material: materialName(material, words),
              thick: short(thicknessUm / 1_000),
              amount: cost(minor),
            })}
          </li>
        ))}
        <li>{say('rules.otherSheet', { amount: cost(rulePack.otherSheetMinorPerM2) })}</li>
      </ul>
    </section>
  );
}
