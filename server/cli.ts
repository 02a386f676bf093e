import { type Command, manual, readCommand } from './config.ts';
import { AppError } from './errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs `commonwright` with its arguments. A failure is one sentence on standard error and exit code 1. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  let isDebugging = false;
  try {
    const command = readCommand(argv);
    isDebugging = 'settings' in command && command.settings.DEBUG === '1';
    await run(command);
  } catch (error) {
    complain(error, isDebugging);
    // Set rather than called: what was printed still has to leave. Workers and sockets are closed by then.
    process.exitCode = 1;
  }
}

/** Each command loads only what it needs: `--help` must not wait for a database and a geometry kernel. */
async function run(command: Command): Promise<void> {
  switch (command.kind) {
    case 'help':
      say(manual());
      return;
    case 'start': {
      const { runUntilSignal } = await import('./commands/start.ts');
      return runUntilSignal(command, say, SIGNALS);
    }
    case 'demo': {
      const { runDemo } = await import('./commands/demo.ts');
      return runDemo(command, process.stdout);
    }
    case 'verify': {
      const { runVerify } = await import('./commands/verify.ts');
      return runVerify(command, process.stdout);
    }
    case 'mirror': {
      const { runMirror } = await import('./commands/mirror.ts');
      return runMirror(command, process.stdout);
    }
    case 'backup':
    case 'restore':
    case 'export':
    case 'import': {
      const { runCopyCommand } = await import('./commands/copy-commands.ts');
      return runCopyCommand(command, process.stdout);
    }
    case 'keys-rotate': {
      const { rotateKeys } = await import('./commands/keys-rotate.ts');
      return rotateKeys(command, say);
    }
    case 'okw-check': {
      const { checkOkw } = await import('./commands/okw-check.ts');
      return checkOkw(command.file, say);
    }
    case 'design-check': {
      const { checkDesign } = await import('./commands/design-check.ts');
      return checkDesign(command.folder, say);
    }
    case 'design-publish': {
      const { publishDesignFolder } = await import('./commands/design-publish.ts');
      return publishDesignFolder(command, say);
    }
  }
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

function complain(error: unknown, isDebugging: boolean): void {
  const isOurs = error instanceof AppError;
  const words = error instanceof Error ? error.message : String(error);
  const sentence = isOurs
    ? words
    : `Something went wrong that nobody foresaw: ${words}. DEBUG=1 prints more.`;
  process.stderr.write(`commonwright: ${sentence}\n`);
  if (isDebugging && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}
