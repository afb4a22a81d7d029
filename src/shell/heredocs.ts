/** Where bash itself reads a heredoc otherwise than it is written. */
import { forEachChild, type SyntaxNode } from './parse.ts';

/**
 * bash 5.2 prints a substitution and reads it again, and loses the `;` between commands that stand behind a heredoc:
 * `$(cat <<E … E\na; b)` runs `a b`. `start` is where the text begins.
 */
export function misprinted(script: SyntaxNode, text: string, start: number): string | undefined {
  if (!text.includes('<<')) return undefined;
  let end: number | undefined;
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'HereDoc') end = Math.min(end ?? Number.POSITIVE_INFINITY, node.closing?.end ?? node.body.end);
    forEachChild(node, visit);
  };
  visit(script);
  if (end === undefined || !text.slice(Math.max(0, end - start)).includes(';')) return undefined;
  return 'shells disagree on commands that stand behind a heredoc in a substitution';
}
