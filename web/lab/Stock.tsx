import { Button, NumberInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { StockLot } from '#contract/manufacturing.ts';
import type { LabView } from '#contract/views.ts';
import { ProblemNote } from '../parts/ProblemNote.tsx';
import { materialName } from '../parts/refusal-words.ts';
import { useCommand } from '../parts/use-command.ts';
import { countStock } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import { AddLot } from './AddLot.tsx';
import { amountOf, lotKey, withAmount } from './stock-lots.ts';

/** What the lab has, and the form in which it is counted anew. */
export function Stock({ lab }: { lab: LabView }) {
  const { say } = useWords();
  const [counting, setCounting] = useState<StockLot[]>();
  return (
    <div className="stock">
      <div className="lab-head">
        <h3>{say('stock.title')}</h3>
        {counting === undefined && (
          <button type="button" className="link-button small" onClick={() => setCounting([...lab.stock])}>
            {say('stock.count')}
          </button>
        )}
      </div>
      {counting === undefined ? (
        <StockList lots={lab.stock} />
      ) : (
        <CountForm lab={lab.lab} lots={counting} setLots={setCounting} close={() => setCounting(undefined)} />
      )}
    </div>
  );
}

function StockList({ lots }: { lots: readonly StockLot[] }) {
  const { say } = useWords();
  const describe = useLotWords();
  if (lots.length === 0) return <p className="soft small">{say('stock.none')}</p>;
  return (
    <ul className="small">
      {lots.map((lot) => (
        <li key={lotKey(lot)} className="stock-lot">
          <span>{describe(lot)}</span>
          <strong className="figures">
            <Amount lot={lot} />
          </strong>
        </li>
      ))}
    </ul>
  );
}

function Amount({ lot }: { lot: StockLot }) {
  const { say, number } = useWords();
  return lot.form === 'sheet'
    ? say('stock.sheets', { count: lot.sheets })
    : say('unit.grams', { value: number(amountOf(lot)) });
}

function useLotWords() {
  const words = useWords();
  return (lot: StockLot) => {
    const name = materialName(lot.material, words);
    if (lot.form === 'spool') return name;
    const thick = words.short(lot.thicknessUm / 1_000, 2);
    return words.say('stock.sheet', {
      name,
      thick,
      x: words.number(lot.lengthMm),
      y: words.number(lot.widthMm),
    });
  };
}

interface CountFormProps {
  lab: string;
  lots: readonly StockLot[];
  setLots: (lots: StockLot[]) => void;
  close: () => void;
}

function CountForm({ lab, lots, setLots, close }: CountFormProps) {
  const { say } = useWords();
  const describe = useLotWords();
  const command = useCommand();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await command.run(() => countStock(lab, { lots: [...lots] }))) close();
  };
  return (
    <>
      <form onSubmit={(event) => void submit(event)} className="count-form rise">
        {lots.map((lot, at) => (
          <NumberInput
            key={lotKey(lot)}
            label={describe(lot)}
            suffix={lot.form === 'spool' ? ' g' : ''}
            min={0}
            allowDecimal={false}
            value={amountOf(lot)}
            onChange={(next) => {
              if (typeof next === 'number') setLots(lots.with(at, withAmount(lot, next)));
            }}
          />
        ))}
        <div className="actions-row">
          <Button type="submit" size="compact-md" loading={command.isBusy}>
            {say('stock.keep')}
          </Button>
          <Button variant="subtle" size="compact-md" onClick={close}>
            {say('action.back')}
          </Button>
        </div>
        <ProblemNote words={command.problem} />
      </form>
      <AddLot add={(lot) => setLots([...lots.filter((one) => lotKey(one) !== lotKey(lot)), lot])} />
    </>
  );
}
