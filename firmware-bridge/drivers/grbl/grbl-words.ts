/** Meanings of GRBL 1.1 alarm codes (its interface documentation, "Alarm Codes"); positionLost as its manual says. */
const ALARMS: Readonly<Record<number, { means: string; positionLost: boolean }>> = {
  1: { means: 'hard limit: a switch was hit, the machine stopped at once', positionLost: true },
  2: { means: 'soft limit: the move would leave the travel of the machine', positionLost: false },
  3: { means: 'reset while moving', positionLost: true },
  4: { means: 'probe fail: the probe was not in its starting state', positionLost: false },
  5: { means: 'probe fail: nothing was touched within the travel', positionLost: false },
  6: { means: 'homing fail: reset during homing', positionLost: true },
  7: { means: 'homing fail: the door was opened during homing', positionLost: true },
  8: { means: 'homing fail: the switch did not clear after pulling off', positionLost: true },
  9: { means: 'homing fail: no switch was found', positionLost: true },
  10: { means: 'homing fail: the second switch of a two-motor axis was not found', positionLost: true },
};

/** Meanings of GRBL 1.1 error codes (its interface documentation, "Error Codes"). */
const ERRORS: Readonly<Record<number, string>> = {
  1: 'a word without its letter',
  2: 'a number is missing or malformed',
  3: 'an unknown $ command',
  4: 'a negative value where none may be',
  5: 'homing is not switched on',
  6: 'step pulse too short',
  7: 'settings could not be read, defaults were restored',
  8: 'this $ command needs an idle machine',
  9: 'locked while in alarm or jogging',
  10: 'soft limits need homing',
  11: 'the line is too long',
  12: 'step rate too high',
  13: 'the safety door is open',
  14: 'start-up line or build information too long',
  15: 'the jog would leave the travel of the machine',
  16: 'a jog command without "=" or with forbidden words',
  17: 'laser mode needs a PWM spindle',
  20: 'an unsupported or unknown command',
  21: 'two commands of one modal group in one line',
  22: 'no feed rate was set',
  23: 'a whole number is required',
  24: 'two commands in one line both need the axis words',
  25: 'a word is repeated',
  26: 'the command needs axis words and has none',
  27: 'a line number is out of range',
  28: 'a value word is missing',
  29: 'only G54 to G59 exist',
  30: 'G53 needs G0 or G1',
  31: 'axis words without a command that uses them',
  32: 'an arc without axis words in its plane',
  33: 'the target of an arc or probe is invalid',
  34: 'the radius of an arc is wrong',
  35: 'an arc needs I, J or K in its plane',
  36: 'words that nothing uses',
  37: 'a tool length offset on another axis than its own',
  38: 'the tool number is too high',
};

export type AlarmMeaning = { code: string; words: string; positionLost: boolean; isSilent: boolean };

/** Alarms 1 and 2 leave the controller deaf to everything but a reset. */
export function alarmMeaning(code: number): AlarmMeaning {
  const known = ALARMS[code];
  return {
    code: `ALARM:${code}`,
    words: `ALARM:${code} (${known?.means ?? 'unknown to this driver'})`,
    positionLost: known?.positionLost ?? true,
    isSilent: code === 1 || code === 2,
  };
}

export function errorWords(code: number): string {
  return `error:${code} (${ERRORS[code] ?? 'unknown to this driver'})`;
}
