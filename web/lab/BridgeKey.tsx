import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import type { LabOpened } from '#contract/http.ts';
import { useWords } from '../words/use-words.ts';

/** The line that connects the lab's machines. The key in it is shown this once. */
export function BridgeKey({ opened }: { opened: LabOpened }) {
  const { say } = useWords();
  const clipboard = useClipboard();
  const line = [
    `CW_BRIDGE_KEY=${opened.bridgeKey} node firmware-bridge/commonwright-bridge.js --config ${opened.lab}.json`,
    `--lab ${opened.lab} --server ${window.location.origin} --mqtt ${opened.mqttUrl} --data ./${opened.lab}-data`,
  ].join(' ');
  return (
    <section className="card pad open-lab rise" aria-live="polite">
      <h2>{say('labs.opened')}</h2>
      <p>{say('labs.openedWhy', { file: `${opened.lab}.json` })}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
      <pre className="entry-json" tabIndex={0}>
        {line}
      </pre>
      <Button variant="default" onClick={() => clipboard.copy(line)}>
        {say(clipboard.copied ? 'labs.copied' : 'labs.copy')}
      </Button>
      <p className="small doubt-help">{say('labs.keyOnce')}</p>
    </section>
  );
}
