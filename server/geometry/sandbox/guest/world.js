// Runs inside QuickJS before anything else: chance, clock and console are the same in every evaluation.
const { seed, fixedTimeMs } = module.given;

let state = seed >>> 0;
Math.random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

// The day does not pass and there are no time zones: two evaluations see the same clock wherever they run.
const HostDate = Date;
const asUtc = (text) => (/T[\d:.]+$/.test(text) ? `${text}Z` : text);
const toTime = (args) => {
  if (args.length === 0) return fixedTimeMs;
  if (args.length > 1) return HostDate.UTC(...args);
  return typeof args[0] === 'string' ? asUtc(args[0]) : args[0];
};
const parseDate = HostDate.parse;
const utc = HostDate.UTC;
const FixedDate = function (...args) {
  const made = Reflect.construct(HostDate, [toTime(args)]);
  return new.target ? made : made.toISOString();
};
Object.defineProperty(FixedDate, 'name', { value: 'Date' });
FixedDate.prototype = HostDate.prototype;
FixedDate.now = () => fixedTimeMs;
FixedDate.parse = (text) => parseDate(asUtc(String(text)));
FixedDate.UTC = utc;
const dates = HostDate.prototype;
Object.defineProperty(dates, 'constructor', { value: FixedDate, writable: true, configurable: true });
for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
  dates[`get${part}`] = dates[`getUTC${part}`];
  if (part !== 'Day') dates[`set${part}`] = dates[`setUTC${part}`];
}
dates.getTimezoneOffset = () => 0;
for (const name of [
  'toString',
  'toDateString',
  'toTimeString',
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
]) {
  dates[name] = dates.toISOString;
}
globalThis.Date = FixedDate;

const silent = () => undefined;
globalThis.console = {
  log: silent,
  info: silent,
  warn: silent,
  error: silent,
  debug: silent,
  table: silent,
  trace: silent,
  time: silent,
  timeEnd: silent,
};
