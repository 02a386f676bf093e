import { Link } from 'wouter';
import { useWorld } from '../live/use-world.ts';
import { MoneyShares } from '../parts/MoneyShares.tsx';
import { useWords } from '../words/use-words.ts';

/** One picture of where the price of an order goes. */
export function OrderMoney({ order: id }: { order: string }) {
  const { say, money } = useWords();
  const order = useWorld((world) => world.orders[id]);
  if (order?.price === undefined) return null;
  const { minor, currency } = order.price.total;
  return (
    <section className="card pad" aria-label={say('order.whereItGoes')}>
      <div className="money-head">
        <h2>
          {say(order.isShared ? 'order.whereItWent' : 'order.whereGoes', { amount: money(minor, currency) })}
        </h2>
        <Link href="/commons" className="small">
          {say('order.byRules', { version: order.rulePackVersion ?? 1 })}
        </Link>
      </div>
      <MoneyShares shares={order.shares} currency={currency} />
      {!order.isShared && <p className="soft small">{say('order.sharedAtEnd')}</p>}
    </section>
  );
}
