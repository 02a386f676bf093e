/** A sentence about what went wrong, where the person is looking; read out at once. */
export function ProblemNote({ words }: { words: string | undefined }) {
  return <div role="alert">{words === undefined ? null : <p className="problem rise">{words}</p>}</div>;
}
