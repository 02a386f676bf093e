/** Numbers as people write them, in the reader's own format. All pure; `locale` is a BCP 47 tag. */

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** Decimal places of a currency, e.g. 2 for EUR and 0 for JPY. */
function decimalsOf(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** Money from minor units in decimal text. Exact: the digits are placed as text and never become a float. */
export function formatMoney(locale: string, minor: string, currency: string): string {
  const decimals = decimalsOf(currency);
  const isNegative = minor.startsWith('-');
  const digits = minor.replace('-', '').padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const exact = `${isNegative ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`;
  // A decimal text keeps all its digits (Intl.NumberFormat v3); its type allows only number-like texts.
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(exact as `${number}`);
}

export function formatNumber(locale: string, value: number, decimals = 0): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

/** At most so many decimal places, none that are zero. */
export function formatShort(locale: string, value: number, decimalsMax = 2): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: decimalsMax }).format(value);
}

export function formatPercent(locale: string, share: number): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** How long something takes, in one or two units: `40 s`, `14 min`, `2 h 5 min`. */
export function formatDuration(locale: string, seconds: number): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: 0,
    }).format(value);
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE_S) return unit(whole, 'second');
  if (whole < HOUR_S) return unit(Math.round(whole / MINUTE_S), 'minute');
  const minutes = Math.round((whole % HOUR_S) / MINUTE_S);
  const hours = Math.floor(whole / HOUR_S) + (minutes === 60 ? 1 : 0);
  return minutes % 60 === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${unit(minutes, 'minute')}`;
}

export function formatTime(locale: string, timeMs: number): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    timeMs,
  );
}

export function formatDateTime(locale: string, timeMs: number): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).format(timeMs);
}

/** `3 minutes ago`, for times in the past; whatever is younger than ten seconds is now. */
export function formatAgo(locale: string, timeMs: number, nowMs: number): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1_000));
  if (seconds < 10) return format.format(0, 'second');
  if (seconds < MINUTE_S) return format.format(-seconds, 'second');
  if (seconds < HOUR_S) return format.format(-Math.round(seconds / MINUTE_S), 'minute');
  if (seconds < 24 * HOUR_S) return format.format(-Math.round(seconds / HOUR_S), 'hour');
  return format.format(-Math.round(seconds / (24 * HOUR_S)), 'day');
}
