/** Text that a line itself hands to a shell: `echo 'CMD' | sh`, `bash <(printf 'CMD')`. One more reading for deny rules. */
import type { Word } from '../model/command-line.ts';
import { forEachChild, type SyntaxNode } from './parse.ts';
import { readWord, type WordContext } from './words.ts';

type Tree<T extends SyntaxNode['type']> = Extract<SyntaxNode, { type: T }>;

/** What a plain `echo`, `printf` or `cat <<E` puts out, as near as a reading needs it; dynamic where that is not exact. */
export function echoedText(node: SyntaxNode | undefined, context: WordContext): Word | undefined {
  if (node?.type !== 'Command') return undefined;
  const program = node.name?.value;
  const [redirect] = node.redirects;
  if (program === 'cat' && node.args.length === 0 && node.redirects.length === 1 && redirect?.type === 'HereDoc') {
    return { text: redirect.body.text, isDynamic: redirect.delimiter?.quoted !== true && /[$`\\]/.test(redirect.body.text), canSplit: false, span: context.span(redirect.body.pos, redirect.body.end) };
  }
  if (node.redirects.length > 0) return undefined;
  if (program !== 'echo' && program !== 'printf') return undefined;
  const words = node.args.flatMap((arg) => (arg.type === 'Word' ? readWord(arg, context) : []));
  const texts = words.filter((word) => !/^-[neE]+$/.test(word.text)).map((word) => word.text.replaceAll('\\n', '\n'));
  if (program === 'printf' && words.every((word) => !word.isDynamic) && /^(?:[^%\\]|%s|\\n)*%s(?:[^%\\]|\\n)*$/.test(words[0]?.text ?? '') && words.length > 1) return { text: printed(words.map((word) => word.text)), isDynamic: false, canSplit: false, span: context.span(node.pos, node.end) };
  return { text: texts.join(program === 'printf' ? '\n' : ' '), isDynamic: program === 'printf' || words.some((word) => word.isDynamic || word.text.includes('\\')), canSplit: false, span: context.span(node.pos, node.end) };
}

/** `printf '%s\n' a b`: the format is used until nothing is left. */
function printed([format = '', ...values]: readonly string[]): string {
  const rest = [...values];
  let text = '';
  while (rest.length > 0) text += format.replaceAll('\\n', '\n').replaceAll('%s', () => rest.shift() ?? '');
  return text;
}

/** Process substitutions of the command that hold nothing but an `echo`. */
export function substitutedTexts(node: Tree<'Command'>, context: WordContext): Word[] {
  const found: Word[] = [];
  const visit = (child: SyntaxNode): void => {
    if (child.type === 'ProcessSubstitution') {
      const text = child.operator === '<' && child.script?.commands.length === 1 ? echoedText(child.script.commands[0]?.command, context) : undefined;
      if (text !== undefined) found.push(text);
    } else if (child.type === 'Word' || child.type === 'Redirect') forEachChild(child, visit);
  };
  forEachChild(node, visit);
  return found;
}
