/** Two plates joined. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path className="mark-ink" d="M20 4H8a4 4 0 0 0-4 4v12a4 4 0 0 0 4 4h4v-6h-2v-8h10z" />
      <path className="mark-ply" d="M12 28h12a4 4 0 0 0 4-4V12a4 4 0 0 0-4-4h-4v6h2v8H12z" />
    </svg>
  );
}
