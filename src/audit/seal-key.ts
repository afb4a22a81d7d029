/**
 * The Ed25519 key that seals are signed with, one for each user: made at its first use, readable by its owner alone, in a
 * folder that self-protection closes to every session. The public half lies beside it, for checking elsewhere.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { closeSync, constants, fstatSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { hashText } from './event.ts';
import { besideLogs } from './folder.ts';

export class SealKey {
  /** The first 16 hexadecimal digits of the public key's SHA-256. */
  readonly id: string;
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  private constructor(text: string) {
    this.#private = createPrivateKey(text);
    this.#public = createPublicKey(this.#private);
    this.id = keyId(this.#public);
  }

  /** Throws PW_AUDIT_WRITE when there is none and none can be made, or others can read it. */
  static open(sessions?: string): SealKey {
    const file = keyFile(sessions);
    const known = SealKey.find(sessions);
    if (known !== undefined) return known;
    try {
      mkdirSync(besideLogs('keys', sessions), { recursive: true, mode: 0o700 });
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      // Written beside its place and linked there whole: of two sessions that start at once, the second one uses the first one's.
      const draft = `${file}.${randomBytes(6).toString('hex')}`;
      writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
      try {
        linkSync(draft, file);
        writeFileSync(join(besideLogs('keys', sessions), 'seal.pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        unlinkSync(draft);
      }
    } catch (error) {
      throw new PatchworkError('PW_AUDIT_WRITE', `the key for sealing logs, ${file}, cannot be made: ${(error as Error).message}`, { cause: error, hint: 'check the folder and the free space of its disk' });
    }
    const made = SealKey.find(sessions);
    if (made !== undefined) return made;
    throw new PatchworkError('PW_AUDIT_WRITE', `the key for sealing logs, ${file}, was removed while it was made`);
  }

  /** Undefined when there is none yet. Throws PW_AUDIT_READ for one that cannot be used. */
  static find(sessions?: string): SealKey | undefined {
    const file = keyFile(sessions);
    let fd: number;
    try {
      fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new PatchworkError('PW_AUDIT_READ', `the key for sealing logs, ${file}, cannot be read: ${(error as Error).message}`, { cause: error });
    }
    try {
      const { mode, uid } = fstatSync(fd);
      if ((mode & 0o077) !== 0 || uid !== (process.getuid?.() ?? uid)) throw new PatchworkError('PW_AUDIT_READ', `the key for sealing logs, ${file}, is open to others, so that its seals prove nothing`, { hint: `if nobody else used it: chmod 600 ${file}` });
      return new SealKey(readFileSync(fd, 'utf8'));
    } catch (error) {
      if (error instanceof PatchworkError) throw error;
      throw new PatchworkError('PW_AUDIT_READ', `${file} is no key: ${(error as Error).message}`, { cause: error });
    } finally {
      closeSync(fd);
    }
  }

  /** Base64. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#private).toString('base64');
  }

  isSignedBy(text: string, signature: string): boolean {
    return verify(null, Buffer.from(text), this.#public, Buffer.from(signature, 'base64'));
  }
}

function keyFile(sessions?: string): string {
  return join(besideLogs('keys', sessions), 'seal.pem');
}

function keyId(key: KeyObject): string {
  return hashText(key.export({ type: 'spki', format: 'pem' }).toString()).slice(0, 16);
}
