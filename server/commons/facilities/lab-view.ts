import type { LabView } from '#contract/views.ts';
import type { Lab } from './facilities.ts';

export function labView(there: Lab): LabView {
  const { lab, name, place, position, consent, bedClear, openedMs, machines, stock } = there;
  return {
    ...{ lab, name, place, consent, bedClear, openedMs, stock: [...stock] },
    ...(position === undefined ? {} : { position }),
    machines: [...machines.values()].map(({ description }) => description),
  };
}
