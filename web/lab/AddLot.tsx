import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { StockLot } from '#contract/manufacturing.ts';
import { useWords } from '../words/use-words.ts';

/** A full sheet and a full spool as shops sell them. */
const SHEET = { lengthMm: 2440, widthMm: 1220, thicknessMm: 18 };

/** Adds a material that the lab did not have before; how much of it is then counted. */
export function AddLot({ add }: { add: (lot: StockLot) => void }) {
  const { say } = useWords();
  const [form, setForm] = useState<StockLot['form']>('sheet');
  const [material, setMaterial] = useState('plywood');
  const [size, setSize] = useState(SHEET);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = material.trim();
    if (name === '') return;
    if (form === 'spool') return add({ form, material: name, massMg: 1_000_000 });
    const { lengthMm, widthMm, thicknessMm } = size;
    add({ form, material: name, lengthMm, widthMm, thicknessUm: Math.round(thicknessMm * 1_000), sheets: 1 });
  };
  const sized = (key: keyof typeof SHEET) => (next: string | number) => {
    if (typeof next === 'number') setSize({ ...size, [key]: next });
  };
  return (
    <form onSubmit={submit} className="add-lot">
      <NativeSelect
        label={say('stock.form')}
        value={form}
        onChange={({ currentTarget }) => {
          setForm(currentTarget.value === 'spool' ? 'spool' : 'sheet');
          setMaterial(currentTarget.value === 'spool' ? 'PLA' : 'plywood');
        }}
        data={[
          { value: 'sheet', label: say('stock.formSheet') },
          { value: 'spool', label: say('stock.formSpool') },
        ]}
      />
      <TextInput
        label={say('stock.material')}
        value={material}
        maxLength={80}
        onChange={({ currentTarget }) => setMaterial(currentTarget.value)}
      />
      {form === 'sheet' && (
        <>
          <NumberInput
            label={say('stock.length')}
            suffix=" mm"
            value={size.lengthMm}
            min={1}
            allowDecimal={false}
            onChange={sized('lengthMm')}
          />
          <NumberInput
            label={say('stock.width')}
            suffix=" mm"
            value={size.widthMm}
            min={1}
            allowDecimal={false}
            onChange={sized('widthMm')}
          />
          <NumberInput
            label={say('stock.thickness')}
            suffix=" mm"
            value={size.thicknessMm}
            min={0.1}
            onChange={sized('thicknessMm')}
          />
        </>
      )}
      <Button type="submit" variant="default">
        {say('stock.add')}
      </Button>
    </form>
  );
}
