import { Button, NumberInput } from '@mantine/core';
import { useRef } from 'react';
import { useLocation } from 'wouter';
import { useStore } from 'zustand';
import type { DesignDetail, Quote } from '#contract/http.ts';
import { MoneyShares } from '../parts/MoneyShares.tsx';
import { newId } from '../parts/new-id.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { materialName } from '../parts/refusal-words.ts';
import { useCommand } from '../parts/use-command.ts';
import { placeOrder } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';

const QUANTITY_MAX = 1_000;

/** What it takes, what it costs, where the money goes, and the button that orders it. */
export function OrderBox({ store, detail }: { store: CustomizerStore; detail: DesignDetail }) {
  const { say, money } = useWords();
  const { quote, quantity, isEvaluating, problem } = useStore(store);
  return (
    <section className="card pad order-box" aria-label={say('order.title')}>
      {quote && <Facts quote={quote} />}
      <div className="order-row">
        <NumberInput
          label={say('order.quantity')}
          value={quantity}
          min={1}
          max={QUANTITY_MAX}
          allowDecimal={false}
          w={110}
          onChange={(next) => {
            if (typeof next === 'number' && next >= 1) store.setQuantity(next);
          }}
        />
        <div className="order-price figures" aria-live="polite" data-busy={isEvaluating || undefined}>
          {quote && money(quote.price.total.minor, quote.price.total.currency)}
        </div>
      </div>
      <PlaceButton
        store={store}
        detail={detail}
        isReady={quote !== undefined && !isEvaluating && problem === undefined}
      />
      {quote && (
        <>
          <h3 className="order-shares">{say('order.whereItGoes')}</h3>
          <MoneyShares shares={quote.shares} currency={quote.price.total.currency} />
        </>
      )}
    </section>
  );
}

function PlaceButton({
  store,
  detail,
  isReady,
}: {
  store: CustomizerStore;
  detail: DesignDetail;
  isReady: boolean;
}) {
  const { say } = useWords();
  const command = useCommand();
  const [, go] = useLocation();
  // The same wish keeps its id, so that pressing again after a lost answer does not order twice.
  const wish = useRef({ words: '', id: '' });
  const place = () =>
    command.run(async () => {
      const { changed, quantity } = store.getState();
      const words = JSON.stringify([changed, quantity]);
      if (wish.current.words !== words) wish.current = { words, id: newId() };
      const { order } = await placeOrder({
        id: wish.current.id,
        design: detail.view.design,
        version: detail.view.version,
        parameters: changed,
        quantity,
      });
      go(`/orders/${order}`);
    });
  return (
    <>
      <Button
        fullWidth
        size="md"
        mt="md"
        disabled={!isReady}
        loading={command.isBusy}
        onClick={() => void place()}
      >
        {say('order.place')}
      </Button>
      <ProblemNote words={command.problem} />
    </>
  );
}

const MG_PER_G = 1_000;

function Facts({ quote: { report, quantity } }: { quote: Quote }) {
  const words = useWords();
  const { say, number, duration } = words;
  const seconds = report.workPieces.reduce((sum, piece) => sum + piece.estimatedSeconds, 0) * quantity;
  const materials = [...new Set(report.parts.map(({ material }) => materialName(material, words)))].join(
    ', ',
  );
  const printedMg = report.workPieces.reduce(
    (sum, piece) => sum + (piece.process === 'print' ? piece.materialMg : 0),
    0,
  );
  return (
    <dl className="facts">
      <div>
        <dt>{say('order.material')}</dt>
        <dd>{materials}</dd>
      </div>
      {report.sheets > 0 && (
        <div>
          <dt>{say('order.sheets')}</dt>
          <dd className="figures">{number(report.sheets * quantity)}</dd>
        </div>
      )}
      {printedMg > 0 && (
        <div>
          <dt>{say('order.filament')}</dt>
          <dd className="figures">
            {say('unit.grams', { value: number((printedMg / MG_PER_G) * quantity) })}
          </dd>
        </div>
      )}
      <div>
        <dt>{say('order.machineTime')}</dt>
        <dd className="figures">{duration(seconds)}</dd>
      </div>
    </dl>
  );
}
