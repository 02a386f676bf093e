import { type RefObject, useEffect, useRef, useState } from 'react';
import { useWords } from '../words/use-words.ts';

export interface OpenStageWith {
  isStill: () => boolean;
  drawn: (mmPerPixel: number) => void;
}

/** Opens a stage on a canvas: loads three.js when first needed. Throws where the browser has no WebGL. */
export type OpenStage<Opened> = (canvas: HTMLCanvasElement, options: OpenStageWith) => Promise<Opened>;

export type StageState = 'opening' | 'open' | 'impossible';

export function useStage<Opened extends { dispose(): void }>(
  open: OpenStage<Opened>,
  drive: (stage: Opened) => void,
  bar: RefObject<HTMLDivElement | null>,
  isStill: () => boolean,
): { canvas: RefObject<HTMLCanvasElement | null>; state: StageState } {
  const { short } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [stage, setStage] = useState<Opened>();
  const [state, setState] = useState<StageState>('opening');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a stage is opened once and closed with its component.
  useEffect(() => {
    let isWanted = true;
    let opened: Opened | undefined;
    const place = canvas.current;
    if (place === null) return;
    const drawn = (mmPerPixel: number) => drawScaleBar(bar.current, mmPerPixel, short);
    open(place, { isStill, drawn }).then(
      (made) => {
        if (!isWanted) return made.dispose();
        opened = made;
        setStage(made);
        setState('open');
      },
      () => {
        if (isWanted) setState('impossible');
      },
    );
    return () => {
      isWanted = false;
      opened?.dispose();
    };
  }, []);
  useEffect(() => {
    if (stage !== undefined) drive(stage);
  });
  return { canvas, state };
}

const BAR_MAX_PX = 130;

function drawScaleBar(
  bar: HTMLDivElement | null,
  mmPerPixel: number,
  short: (value: number) => string,
): void {
  const [line, words] = bar?.children ?? [];
  if (bar === null || !(line instanceof HTMLElement) || !(words instanceof HTMLElement)) return;
  const { lengthMm, widthPx } = scaleBarFor(mmPerPixel);
  bar.hidden = false;
  line.style.width = `${widthPx}px`;
  words.textContent = `${short(lengthMm)} mm`;
}

/** The longest of 1, 2 or 5 times a power of ten that is at most `BAR_MAX_PX` wide, in millimetres and pixels. */
export function scaleBarFor(mmPerPixel: number): { lengthMm: number; widthPx: number } {
  const mostMm = mmPerPixel * BAR_MAX_PX;
  const power = 10 ** Math.floor(Math.log10(mostMm));
  const lengthMm = ([5, 2, 1].find((step) => step * power <= mostMm) ?? 1) * power;
  return { lengthMm, widthPx: lengthMm / mmPerPixel };
}
