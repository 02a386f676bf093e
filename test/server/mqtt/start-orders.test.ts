import { describe, expect, it } from 'vitest';
import { StartOrders } from '../../../server/mqtt/start-orders.ts';

const rejected = (execution: string, command: string) =>
  ({ v: 1, command, execution, result: 'rejected' }) as const;

describe('orders to start', () => {
  it('stand until their bridge refuses them, whoever gave them', () => {
    const orders = new StartOrders();
    orders.overhear('x', 'theirs');
    orders.give('x', 'ours');
    orders.hear(rejected('x', 'ours'));
    expect(orders.has('x')).toBe(true);
    orders.hear({ v: 1, command: 'theirs', execution: 'x', result: 'accepted' });
    expect(orders.has('x')).toBe(true);
    orders.hear(rejected('x', 'theirs'));
    expect(orders.has('x')).toBe(false);
  });

  it('do not come back with the echo of an order that was refused', () => {
    const orders = new StartOrders();
    orders.give('x', 'ours');
    orders.hear(rejected('x', 'ours'));
    orders.overhear('x', 'ours');
    expect(orders.has('x')).toBe(false);
  });

  it('are still orders when another coordinator sees to them', () => {
    const orders = new StartOrders();
    orders.give('x', 'ours');
    expect(orders.isOwn('x')).toBe(true);
    orders.disown();
    expect([orders.isOwn('x'), orders.has('x')]).toEqual([false, true]);
  });

  it('are forgotten with the executions that have ended', () => {
    const orders = new StartOrders();
    orders.give('x', 'one');
    orders.give('y', 'two');
    orders.keepOnly(new Set(['y']));
    expect([orders.has('x'), orders.has('y')]).toEqual([false, true]);
  });
});
