import type { Price, RulePack, Share, ShareReason } from '#contract/entries.ts';
import { type JobCosts, partOf } from '../orders/price.ts';
import { divideByLargestRemainder } from './largest-remainder.ts';

export interface Income {
  price: Pick<Price, 'total'>;
  /** Which lab made which job, and what it cost. */
  jobs: readonly { lab: string; costs: JobCosts }[];
  contributors: readonly { agent: string; weight: number }[];
  rulePack: Pick<RulePack, 'designBasisPoints' | 'fundBasisPoints'>;
  fund: string;
}

/**
 * Who gets what of an order's price. Design and fund get their hundredths of a percent, the labs what is left, by the
 * costs of the jobs they made: work, and material with machine time. The shares add up to the price to the minor
 * unit; what nobody has a claim to goes to the fund. The preview of a quote and the distribution are this function.
 */
export function shareIncome({ price, jobs, contributors, rulePack, fund }: Income): Share[] {
  const total = BigInt(price.total.minor);
  const forDesign = partOf(total, rulePack.designBasisPoints);
  const forFund = partOf(total, rulePack.fundBasisPoints);
  const design = divided(
    forDesign,
    contributors.map(({ agent, weight }) => ({ agent, reason: 'design', weight: BigInt(weight) })),
  );
  const labs = divided(total - forDesign - forFund, labClaims(jobs));
  const given = [...design, ...labs].reduce((sum, share) => sum + BigInt(share.minor), 0n);
  const rest = total - given;
  const shares = [...design, ...labs].filter((share) => share.minor !== '0');
  // An order that costs nothing still says so with one share.
  if (rest > 0n || shares.length === 0) shares.push({ agent: fund, reason: 'fund', minor: String(rest) });
  return shares;
}

interface ShareClaim {
  agent: string;
  reason: ShareReason;
  weight: bigint;
}

function labClaims(jobs: Income['jobs']): ShareClaim[] {
  const claims = new Map<string, ShareClaim>();
  const add = (agent: string, reason: ShareReason, weight: bigint) => {
    const key = `${agent}/${reason}`;
    claims.set(key, { agent, reason, weight: (claims.get(key)?.weight ?? 0n) + weight });
  };
  for (const { lab, costs } of jobs) {
    add(lab, 'work', BigInt(costs.work));
    add(lab, 'material-and-machine', BigInt(costs.material) + BigInt(costs.machine));
  }
  return [...claims.values()];
}

function divided(amount: bigint, claims: readonly ShareClaim[]): Share[] {
  const parts = divideByLargestRemainder(
    amount,
    claims.map(({ agent, reason, weight }) => ({ id: `${agent}/${reason}`, weight })),
  );
  return claims.map(({ agent, reason }, at) => ({ agent, reason, minor: String(parts[at] ?? 0n) }));
}
