import { type ReactNode, useRef } from 'react';
import { readFile } from '../server-link.ts';
import type { PartLook } from '../three/model-scene.ts';
import type { ModelStage } from '../three/model-stage.ts';
import { StageFrame } from './StageFrame.tsx';
import type { OpenStage } from './use-stage.ts';

const open: OpenStage<ModelStage> = async (canvas, options) => {
  const { openModelStage } = await import('../three/model-stage.ts');
  return openModelStage(canvas, options);
};

/** An evaluated design, or some of its parts, on the stage. */
export function ModelStageView({
  glb,
  parts,
  only,
  label,
  top,
  className,
}: {
  glb: string | undefined;
  parts: readonly PartLook[];
  only?: ReadonlySet<string>;
  label: string;
  top?: ReactNode;
  className?: string;
}) {
  const shown = useRef<{ stage?: ModelStage; key?: string }>({});
  const drive = (stage: ModelStage) => {
    const key = `${glb} ${only ? [...only].join() : ''}`;
    if (glb === undefined || (shown.current.stage === stage && shown.current.key === key)) return;
    shown.current = { stage, key };
    readFile(glb).then(
      (bytes) => stage.show(bytes, parts, only),
      () => {
        // The next evaluation or visit reads it again; what stands on the stage stays.
        shown.current = {};
      },
    );
  };
  return (
    <StageFrame
      open={open}
      drive={drive}
      label={label}
      {...(top === undefined ? {} : { top })}
      {...(className === undefined ? {} : { className })}
    />
  );
}
