import { type ReactNode, type RefObject, useRef } from 'react';
import { useWords } from '../words/use-words.ts';
import { openIsStill } from './is-still.ts';
import { type OpenStage, useStage } from './use-stage.ts';

/**
 * The place where a stage is drawn, with its scale bar. Where the browser cannot draw in 3D it says so instead.
 */
export function StageFrame<Opened extends { dispose(): void }>({
  open,
  drive,
  label,
  top,
  className = '',
}: {
  open: OpenStage<Opened>;
  /** Called with the open stage whenever the component renders anew. */
  drive: (stage: Opened) => void;
  label: string;
  top?: ReactNode;
  className?: string;
}) {
  const { say } = useWords();
  const bar = useRef<HTMLDivElement>(null);
  const { canvas, state } = useStage(open, drive, bar, openIsStill);
  return (
    <div className={`stage ${className}`}>
      {top && <div className="stage-top">{top}</div>}
      <div className="stage-view">
        {state === 'impossible' ? (
          <p className="stage-words">{say('stage.impossible')}</p>
        ) : (
          <canvas
            ref={canvas}
            tabIndex={0}
            role="img"
            aria-label={`${label}. ${say('stage.keys')}`}
            data-stage={state}
          />
        )}
      </div>
      <ScaleBar bar={bar} />
    </div>
  );
}

function ScaleBar({ bar }: { bar: RefObject<HTMLDivElement | null> }) {
  return (
    <div ref={bar} className="scale-bar" hidden>
      <span className="scale-line" />
      <span className="scale-words figures" />
    </div>
  );
}
