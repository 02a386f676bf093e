import type { LabOpened, OpenLab } from '#contract/http.ts';
import type { StockLot } from '#contract/manufacturing.ts';
import type { Access } from '../accounts/access.ts';
import { countStock, openLab, revokeBridge } from '../commons/facilities/open-lab.ts';
import type { LedgerPort } from '../commons/ledger-port.ts';

export interface LabCommands {
  open(wish: OpenLab & { by: string }): Promise<LabOpened>;
  /** Ends the bridge's key in the ledger, and the one with which it comes to the broker. */
  revokeBridge(wish: { lab: string; by: string; reason: string }): Promise<void>;
  countStock(wish: { lab: string; lots: StockLot[]; by: string }): Promise<void>;
}

/** Opens labs and counts what they have. Opening in the same words again issues a new bridge key and changes nothing else. */
export function createLabCommands(parts: {
  ledger: LedgerPort;
  access: Access;
  /** Where bridges connect to, known when the broker listens. */
  mqttUrl: () => string;
  nowMs: () => number;
}): LabCommands {
  const { ledger, access, mqttUrl, nowMs } = parts;
  return {
    async open(wish) {
      await ledger.submit((state, context) => openLab(state, wish, context));
      return { lab: wish.lab, bridgeKey: await access.issueBridgeKey(wish.lab), mqttUrl: mqttUrl() };
    },
    async revokeBridge(wish) {
      await ledger.submit((state, context) => revokeBridge(state, wish, context));
      // Nobody gets to know the new one: opening the lab again issues another.
      await access.issueBridgeKey(wish.lab);
    },
    async countStock({ lab, lots }) {
      const countedAt = nowMs();
      await ledger.submit((state, context) => countStock(state, { lab, lots, countedAt }, context));
    },
  };
}
