import type { JobView, OrderView } from '#contract/views.ts';

export interface Verified {
  size: number;
  root: string;
}

/** The last line of `demo --json`. Amounts are whole minor units; the shares add up to the price exactly. */
export interface DemoResult {
  design: string;
  orderId: string;
  jobs: { id: string; process: string; machine: string; state: string; seconds: number }[];
  price: { minor: number; currency: string };
  shares: { agent: string; reason: string; minor: number }[];
  ledger: { size: number; root: string; verified: true };
  seconds: number;
}

export function resultOf(
  { order, jobs }: { order: OrderView; jobs: readonly JobView[] },
  ledger: Verified,
  seconds: number,
): DemoResult {
  const { price } = order;
  if (price === undefined) throw new Error('a completed order has a price');
  return {
    design: order.design,
    orderId: order.order,
    jobs: jobs.map((job) => ({
      id: job.job,
      process: job.requirement.process,
      machine: job.machine ?? '',
      state: job.state,
      seconds: job.seconds ?? 0,
    })),
    price: { minor: Number(price.total.minor), currency: price.total.currency },
    shares: order.shares.map(({ agent, reason, minor }) => ({ agent, reason, minor: Number(minor) })),
    ledger: { size: ledger.size, root: ledger.root, verified: true },
    seconds: Math.round(seconds * 10) / 10,
  };
}

export function summaryText({ design, jobs, price, shares, ledger, seconds }: DemoResult): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: price.currency });
  const minorPerMajor = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0);
  const money = (minor: number) => format.format(minor / minorPerMajor);
  const lines = [
    '',
    `${design}: ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} made for ${money(price.minor)}`,
  ];
  for (const share of shares)
    lines.push(`  ${money(share.minor).padStart(14)}  ${share.agent} (${share.reason.replaceAll('-', ' ')})`);
  lines.push(
    `Ledger: ${ledger.size} entries, verified from the outside, root ${ledger.root}`,
    `Done in ${seconds} s.`,
  );
  return lines.join('\n');
}
