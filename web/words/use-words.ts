import { useMemo } from 'react';
import { useIntl } from 'react-intl';
import type { Caption } from '#contract/design.ts';
import type { MessageKey } from '../messages/en.ts';
import * as formats from './formats.ts';

export type Values = Record<string, string | number>;
export type Say = (key: MessageKey, values?: Values) => string;

/** All that a component needs for speaking: messages by key, captions, and numbers in the reader's format. */
export interface Words {
  locale: string;
  say: Say;
  caption(caption: Caption): string;
  money(minor: string, currency: string): string;
  number(value: number, decimals?: number): string;
  short(value: number, decimalsMax?: number): string;
  percent(share: number): string;
  duration(seconds: number): string;
  time(timeMs: number): string;
  dateTime(timeMs: number): string;
  ago(timeMs: number, nowMs: number): string;
}

export function useWords(): Words {
  const intl = useIntl();
  return useMemo(() => {
    const { locale } = intl;
    return {
      locale,
      say: (key, values) => intl.formatMessage({ id: key }, values),
      caption: (caption) => (locale === 'fr' ? (caption.fr ?? caption.en) : caption.en),
      money: (minor, currency) => formats.formatMoney(locale, minor, currency),
      number: (value, decimals) => formats.formatNumber(locale, value, decimals),
      short: (value, decimalsMax) => formats.formatShort(locale, value, decimalsMax),
      percent: (share) => formats.formatPercent(locale, share),
      duration: (seconds) => formats.formatDuration(locale, seconds),
      time: (timeMs) => formats.formatTime(locale, timeMs),
      dateTime: (timeMs) => formats.formatDateTime(locale, timeMs),
      ago: (timeMs, nowMs) => formats.formatAgo(locale, timeMs, nowMs),
    };
  }, [intl]);
}
