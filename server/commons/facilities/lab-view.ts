import type { LabView } from '#contract/views.ts';
import type { Lab } from './facilities.ts';

export function labView({ lab, name, place, consent, bedClear, openedMs, machines, stock }: Lab): LabView {
  return {
    ...{ lab, name, place, consent, bedClear, openedMs, stock: [...stock] },
    machines: [...machines.values()].map(({ description }) => description),
  };
}
