/** What no policy can open: the session's own folders, policies and logs. A layer of its own, above the others. */
import type { LayerDecision } from '../model/decision.ts';
import type { FileRequest } from '../model/request.ts';
import type { Resolved } from '../policy/evaluate.ts';
import type { Places } from '../resolve/places.ts';

/** Undefined when nothing of the product's own is touched. */
export function builtinDecision(resolved: Resolved, places: Places): LayerDecision | undefined {
  switch (resolved.kind) {
    case 'file':
      return protectFile(resolved.request, places);
    case 'command':
      for (const touch of resolved.line.touches) {
        const decision = touch.file === undefined ? undefined : protectFile(touch.file.request, places);
        if (decision !== undefined) return decision;
      }
      return undefined;
    default:
      return undefined;
  }
}

function protectFile(request: FileRequest, places: Places): LayerDecision | undefined {
  const what = places.selfProtection(request.real, request.action) ?? (request.absolute === request.real ? undefined : places.selfProtection(request.absolute, request.action));
  if (what === undefined) return undefined;
  const reason = `it is ${what}, which nothing inside a session may ${request.action === 'file_read' ? 'read' : 'change'}`;
  return {
    effect: 'deny',
    step: 'deny_rule',
    layer: 'builtin',
    rule: { section: 'files', list: 'deny', pattern: 'self-protection', origin: { file: 'built in', line: 0, column: 0 } },
    reason,
    trace: [{ step: 1, text: `Self-protection: ${what} → DENIED`, outcome: 'deny' }],
  };
}
