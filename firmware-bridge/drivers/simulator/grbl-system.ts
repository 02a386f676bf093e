import { readLine } from './gcode-line.ts';
import { readBlock } from './grbl-block.ts';
import type { GrblController } from './grbl-controller.ts';
import { identityLines } from './grbl-flavour.ts';
import { grblSettings, settingLine } from './grbl-settings.ts';

/** A `$` command. Returns false when it has to wait. */
export function obeySystem(controller: GrblController, line: string, nowMs: number): boolean {
  if (line.startsWith('$J=')) return jog(controller, line.slice(3), nowMs);
  const answer = obeyQuery(controller, line) ?? obeyAction(controller, line, nowMs);
  if (answer === 'ok') controller.ok();
  else if (answer !== 'later') controller.say(`error:${answer}`);
  return true;
}

type Answer = 'ok' | 'later' | 3 | 5 | 8 | 9;

function obeyQuery(controller: GrblController, line: string): Answer | undefined {
  if (line === '$G') controller.say(modalLine(controller));
  else if (line === '$#') for (const text of offsetLines(controller)) controller.say(text);
  else if (line === '$')
    controller.say('[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]');
  else if (!['$$', '$I', '$N'].includes(line)) return;
  else if (isMoving(controller)) return 8;
  else if (line === '$I') {
    for (const text of identityLines(controller.options)) controller.say(text);
  } else if (line === '$$') {
    for (const [number, value] of controller.settings) controller.say(settingLine(number, value));
  }
  return 'ok';
}

function obeyAction(controller: GrblController, line: string, nowMs: number): Answer {
  if (line === '$X') {
    if (controller.mode === 'Alarm') {
      controller.mode = 'Idle';
      controller.say('[MSG:Caution: Unlocked]');
    }
    return 'ok';
  }
  if (isMoving(controller)) return 8;
  if (line === '$H') {
    if (controller.settings.get(22) !== 1) return 5;
    controller.startHoming(nowMs);
    return 'later';
  }
  if (line === '$C') {
    if (controller.mode === 'Check') {
      controller.mode = 'Idle';
      controller.ok();
      controller.say('[MSG:Disabled]');
      controller.reset(nowMs);
      return 'later';
    }
    if (controller.mode !== 'Idle') return 8;
    controller.mode = 'Check';
    controller.say('[MSG:Enabled]');
    return 'ok';
  }
  if (line === '$SLP') {
    controller.mode = 'Sleep';
    return 'ok';
  }
  return obeySetting(controller, line, nowMs);
}

function obeySetting(controller: GrblController, line: string, nowMs: number): Answer {
  const setting = /^\$(\d+)=(-?[\d.]+)$/.exec(line);
  if (setting !== null && controller.settings.has(Number(setting[1]))) {
    controller.settings.set(Number(setting[1]), Number(setting[2]));
    controller.writeEeprom(nowMs);
    return 'later';
  }
  if (line === '$RST=$' || line === '$RST=*') {
    for (const [number, value] of grblSettings(controller.options)) controller.settings.set(number, value);
    controller.writeEeprom(nowMs);
    controller.say('[MSG:Restoring defaults]');
    return 'later';
  }
  return 3;
}

function jog(controller: GrblController, text: string, nowMs: number): boolean {
  if (controller.mode !== 'Idle' && controller.mode !== 'Jog') {
    controller.say('error:9');
    return true;
  }
  const words = readLine(text);
  if (typeof words === 'number') {
    controller.say(`error:${words}`);
    return true;
  }
  const hasFeed = words.some(({ letter }) => letter === 'F');
  const block = readBlock(words, { ...controller.modal, motion: 1, feedMmPerMin: 0 });
  if (typeof block === 'number' || !block.moves || block.once !== undefined) controller.say('error:16');
  else if (!hasFeed) controller.say('error:22');
  else if (!controller.jog(block, nowMs)) controller.say('error:15');
  else controller.ok();
  return true;
}

function isMoving(controller: GrblController): boolean {
  return controller.isMoving || controller.mode === 'Home';
}

function modalLine(controller: GrblController): string {
  const { motion, system, plane, units, distance, spindle, coolant, feedMmPerMin, speedRpm } =
    controller.modal;
  const feed = Math.round(feedMmPerMin / (units === 20 ? 25.4 : 1));
  return `[GC:G${motion} G${system} G${plane} G${units} G${distance} G94 M${spindle} M${coolant} T0 F${feed} S${speedRpm}]`;
}

function offsetLines(controller: GrblController): string[] {
  const triple = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(',');
  const { systems, g28, g30, g92 } = controller.offsets;
  return [
    ...[...systems].map(([system, values]) => `[G${system}:${triple(values)}]`),
    `[G28:${triple(g28)}]`,
    `[G30:${triple(g30)}]`,
    `[G92:${triple(g92)}]`,
    '[TLO:0.000]',
    '[PRB:0.000,0.000,0.000:0]',
  ];
}
