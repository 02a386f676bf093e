import { useComputedColorScheme } from '@mantine/core';
import { type ReactNode, useMemo, useRef } from 'react';
import type { SheetLayout } from '#contract/sheet-layout.ts';
import type { JobView } from '#contract/views.ts';
import { readJsonFile, readTextFile } from '../server-link.ts';
import type { JobStage } from '../three/job-stage.ts';
import { StageFrame } from './StageFrame.tsx';
import { useLoaded } from './use-loaded.ts';
import type { OpenStage } from './use-stage.ts';

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** On the plywood, which is light in both schemes, the colours of the light scheme keep their contrast. */
const SHEET_COLOURS = { done: '#2a6a47', now: '#b03d0a', next: '#1d5b8f' };
const printColours = () => ({ done: token('--made'), now: token('--live'), next: token('--blueprint') });
/** What is printed is done, and done is green. */
const PRINT_BODY = '#74ad8e';

const openStage =
  (isSheet: boolean): OpenStage<JobStage> =>
  async (canvas, options) => {
    const { openJobStage } = await import('../three/job-stage.ts');
    return openJobStage(canvas, {
      ...options,
      colours: isSheet ? SHEET_COLOURS : printColours(),
      body: PRINT_BODY,
    });
  };

/** Where the tool is: the line being executed, and its place if it was heard. */
export interface ToolAt {
  line: number;
  position?: readonly [number, number, number] | undefined;
}

/** A job's sheet or plate with the way of its tool. */
export function JobStageView({
  job,
  at,
  label,
  top,
  className,
}: {
  job: Pick<JobView, 'file' | 'program' | 'requirement'>;
  at: ToolAt;
  label: string;
  top?: ReactNode;
  className?: string;
}) {
  const isSheet = job.requirement.process === 'cut';
  const layout = useLoaded(isSheet ? job.file.hash : undefined, readJsonFile<SheetLayout>);
  const program = useLoaded(job.program?.hash, readTextFile);
  const scheme = useComputedColorScheme('light');
  const shown = useRef<{ stage?: JobStage; key?: string; scheme?: string }>({});
  const open = useMemo(() => openStage(isSheet), [isSheet]);

  const drive = (stage: JobStage) => {
    const isLayoutReady = !isSheet || layout.state === 'ready';
    const key = `${job.file.hash} ${program.state === 'ready' ? job.program?.hash : ''}`;
    const now = shown.current;
    if (isLayoutReady && (now.stage !== stage || now.key !== key)) {
      stage.show({
        ...(layout.state === 'ready' ? { layout: layout.value } : {}),
        ...(program.state === 'ready' ? { program: program.value } : {}),
      });
      Object.assign(now, { stage, key });
    }
    if (now.scheme !== scheme && !isSheet) stage.setColours(printColours());
    now.scheme = scheme;
    stage.at(at.line, at.position);
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
