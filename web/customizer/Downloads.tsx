import { useStore } from 'zustand';
import { saveFile } from '../parts/save-file.ts';
import { downloadAddress } from '../server-link.ts';
import { useWords } from '../words/use-words.ts';
import type { CustomizerStore } from './customizer-store.ts';

/** The files of this very shape. */
export function Downloads({ store }: { store: CustomizerStore }) {
  const { say } = useWords();
  const quote = useStore(store, (state) => state.quote);
  const design = useStore(store, (state) => state.detail?.view.design ?? 'design');
  if (quote === undefined) return null;
  const { report } = quote;
  const sheets = report.workPieces.flatMap((piece) => (piece.process === 'cut' ? [piece.dxf] : []));
  const files = [
    { name: `${design}.3mf`, hash: report.files.threeMf, words: '3MF' },
    { name: `${design}.stl`, hash: report.files.stl, words: 'STL' },
    { name: `${design}.glb`, hash: report.files.glb, words: 'GLB' },
    ...sheets.map((hash, at) => ({
      name: `${design}-${at + 1}.dxf`,
      hash,
      words: say('download.sheet', { number: at + 1 }),
    })),
  ];
  return (
    <details className="card pad downloads">
      <summary>{say('download.title')}</summary>
      <ul>
        {files.map(({ name, hash, words }) => (
          <li key={name}>
            <a href={downloadAddress(hash, name)} download={name}>
              {words}
            </a>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="link-button"
            onClick={() => saveReport(`${design}-report.json`, report)}
          >
            {say('download.report')}
          </button>
        </li>
      </ul>
    </details>
  );
}

function saveReport(name: string, report: object): void {
  saveFile(name, JSON.stringify(report, null, 2), 'application/json');
}
