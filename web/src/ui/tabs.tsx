/* The pages below a page: links under its name. */
export function Tabs({ label, of }: { label: string; of: { href: string; words: string; here: boolean }[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {of.map(({ href, words, here }) => (
        <a key={href} href={href} {...(here ? { 'aria-current': 'page' as const } : {})}>{words}</a>
      ))}
    </nav>
  );
}
