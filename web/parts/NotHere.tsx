import { Link } from 'wouter';
import { useWords } from '../words/use-words.ts';

export function NotHere() {
  const { say } = useWords();
  return (
    <div className="page">
      <h1>{say('notHere.title')}</h1>
      <p className="soft">{say('notHere.why')}</p>
      <p>
        <Link href="/">{say('notHere.back')}</Link>
      </p>
    </div>
  );
}
