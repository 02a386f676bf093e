const LEAST_PERCENT = 10;
const MOST_PERCENT = 200;
const COARSE = 10;

/** Real-time changes of speed in percent, by the bytes of GRBL 1.1's interface. They hold for moves planned from then on. */
export class Overrides {
  feed = 100;
  rapid = 100;
  spindle = 100;

  /** True when the byte was an override. */
  obey(byte: number): boolean {
    const feed = changed(this.feed, byte - 0x90);
    const spindle = changed(this.spindle, byte - 0x99);
    if (feed !== undefined) this.feed = feed;
    else if (byte >= 0x95 && byte <= 0x97) this.rapid = [100, 50, 25][byte - 0x95] ?? 100;
    else if (spindle !== undefined) this.spindle = spindle;
    else return false;
    return true;
  }

  reset(): void {
    Object.assign(this, { feed: 100, rapid: 100, spindle: 100 });
  }

  get(): { feed: number; rapid: number; spindle: number } {
    const { feed, rapid, spindle } = this;
    return { feed, rapid, spindle };
  }
}

/** Steps 0 to 4: back to 100, ten up, ten down, one up, one down. */
function changed(percent: number, step: number): number | undefined {
  const change = [undefined, COARSE, -COARSE, 1, -1][step];
  if (step === 0) return 100;
  if (change === undefined) return;
  return Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, percent + change));
}
