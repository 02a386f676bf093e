import type { SpanState } from './tree-drawing.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

const TICK = 'M-4.2 0.2l3 3.2l5.6 -6.8';
const CROSS = 'M-3.6 -3.6l7.2 7.2m0 -7.2l-7.2 7.2';
const SEAL_RADIUS = 12;
const ROOT_RADIUS = 9;
const JOINT_RADIUS = 3.2;
const WITNESS_STEP = 26;
/** More would run out of the drawing; the words beside it name them all. */
const WITNESSES_DRAWN_MAX = 5;
/** A plate must be so wide for a sign. */
const SIGN_WIDTH = 13;

/** From a node down to one of its two, as on a plan: across, then down. */
export function Branch({ from, to, state }: { from: Point; to: Point; state: SpanState }) {
  return <path className={`tree-branch tree-${state}`} d={`M${from.x} ${from.y}H${to.x}V${to.y}`} />;
}

export function Node({ at, state, isRoot = false }: { at: Point; state: SpanState; isRoot?: boolean }) {
  return (
    <g className={`tree-${state}`} transform={`translate(${at.x} ${at.y})`}>
      <circle className="tree-node" r={isRoot ? ROOT_RADIUS : JOINT_RADIUS} />
      {isRoot && <Sign state={state} />}
    </g>
  );
}

export function Plate({
  frame: { x, y, width, height },
  state,
  share,
}: {
  frame: Point & { width: number; height: number };
  state: SpanState;
  /** How much of it is checked, from 0 to 1. */
  share: number;
}) {
  return (
    <g className={`tree-${state}`} transform={`translate(${x} ${y})`} data-plate={state}>
      <rect className="tree-plate" width={width} height={height} rx="2.5" />
      {state === 'now' && <rect className="tree-part" width={width * share} height={height} rx="2.5" />}
      {width >= SIGN_WIDTH && (
        <g transform={`translate(${width / 2} ${height / 2})`}>
          <Sign state={state} />
        </g>
      )}
    </g>
  );
}

/** The signature of the log, and beside it those of witnesses. */
export function Seal({ at, state, witnesses }: { at: Point; state: SpanState; witnesses: number }) {
  const drawn = Math.min(witnesses, WITNESSES_DRAWN_MAX);
  return (
    <g className={`tree-${state}`} transform={`translate(${at.x} ${at.y})`}>
      {drawn > 0 && <path className="tree-branch" d={`M0 0H${drawn * WITNESS_STEP}`} />}
      <circle className="tree-node" r={SEAL_RADIUS} />
      <circle className="tree-ring" r={SEAL_RADIUS + 3} />
      <Sign state={state} />
      {Array.from({ length: drawn }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: witnesses are drawn alike.
        <g key={n} transform={`translate(${(n + 1) * WITNESS_STEP} 0)`}>
          <circle className="tree-node" r={ROOT_RADIUS} />
          <Sign state={state} />
        </g>
      ))}
    </g>
  );
}

function Sign({ state }: { state: SpanState }) {
  if (state === 'good') return <path className="tree-sign" d={TICK} />;
  return state === 'bad' ? <path className="tree-sign" d={CROSS} /> : null;
}
