import { Box3 } from 'three';
import { disposeAll } from './dispose.ts';
import { type PartLook, readModel } from './model-scene.ts';
import { createStage, type StageOptions } from './stage.ts';

export interface ModelStage {
  /** Replaces what stands on the stage; a later call wins over an earlier one that is still being read. */
  show(glb: ArrayBuffer, parts: readonly PartLook[], only?: ReadonlySet<string>): Promise<void>;
  dispose(): void;
}

const FROM = [0.75, 0.5, 1] as const;
/** A shape that grows by a slider keeps the camera where the visitor put it, until it would leave the view. */
const KEEP_CAMERA_RATIO = 1.25;

export function openModelStage(canvas: HTMLCanvasElement, options: StageOptions): ModelStage {
  const stage = createStage(canvas, options);
  let calls = 0;
  let framedMm = 0;
  return {
    async show(glb, parts, only) {
      calls += 1;
      const call = calls;
      const model = await readModel(glb, parts, only);
      if (call !== calls) return disposeAll(model);
      disposeAll(stage.standing);
      stage.standing.add(model);
      const box = new Box3().setFromObject(model);
      const sizeMm = box.min.distanceTo(box.max);
      const ratio = framedMm === 0 ? Infinity : Math.max(sizeMm / framedMm, framedMm / sizeMm);
      if (ratio > KEEP_CAMERA_RATIO) {
        stage.frame(box, FROM, { margin: 1.15 });
        framedMm = sizeMm;
      }
      stage.contentChanged();
    },
    dispose() {
      calls += 1;
      stage.dispose();
    },
  };
}
