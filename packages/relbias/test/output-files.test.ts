// Written files: links stay links, permissions stay, pipes and devices are written to and never replaced, nothing is left after a failure.
// The test creates its own devices, because a bug must not replace the machine's /dev/null.
import { execFileSync, spawn } from 'node:child_process';
import { chmod, link, lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors, writeWhole } from '../src/files/write.ts';
import { program, relbias } from './program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-output-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);
const content = (name: string): Promise<string> => readFile(at(name), 'utf8');

describe('regular files', () => {
  test('a new file has default permissions, an existing one keeps its own', async () => {
    await writeFile(at('plain'), '');
    await writeWhole('test', at('new'), 'text');
    expect((await stat(at('new'))).mode).toBe((await stat(at('plain'))).mode);
    await chmod(at('new'), 0o640);
    await writeWhole('test', at('new'), 'other');
    expect((await stat(at('new'))).mode & 0o7777).toBe(0o640);
    expect(await content('new')).toBe('other');
    expect(await readdir(folder)).toEqual(['new', 'plain']);
  });

  test('a link stays a link, and its target is written, whether or not it exists', async () => {
    await mkdir(at('inner'));
    await writeFile(at('inner/file'), 'old', { mode: 0o600 });
    await symlink('inner/file', at('link'));
    await symlink('link', at('chain'));
    await symlink('inner/absent', at('dangling'));
    for (const name of ['link', 'chain', 'dangling']) {
      await writeWhole('test', at(name), name);
      expect((await lstat(at(name))).isSymbolicLink()).toBe(true);
      expect(await content(name)).toBe(name);
    }
    expect((await stat(at('inner/file'))).mode & 0o7777).toBe(0o600);
    expect(await readlink(at('chain'))).toBe('link');
    expect((await readdir(at('inner'))).toSorted()).toEqual(['absent', 'file']);
  });

  test('a link placed at the path of the temporary file is not followed', async () => {
    await writeFile(at('victim'), 'precious');
    await symlink('victim', at(`out.${process.pid}.partial`));
    await writeWhole('test', at('out'), 'text');
    expect(await content('victim')).toBe('precious');
    expect((await lstat(at('out'))).isFile()).toBe(true);
  });

  test('circular links, a folder, and a missing folder are refused', async () => {
    await symlink('b', at('a'));
    await symlink('a', at('b'));
    await expect(writeWhole('test', at('a'), 'text')).rejects.toThrow(/cannot be written \(ELOOP\)/);
    await expect(writeWhole('test', folder, 'text')).rejects.toThrow('cannot be written (it is a folder)');
    await expect(writeWhole('test', at('none/x'), 'text')).rejects.toThrow('cannot be written (ENOENT)');
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
  });

  test('a failure half-way leaves the previous file unchanged, and no other file', async () => {
    await writeFile(at('out.npy'), 'old');
    // A limit on the size of files, instead of a full disk.
    const command = `trap "" XFSZ; ulimit -f 8; "${process.execPath}" "${program}" bias --bias alibi --queries 100 --out out.npy`;
    const child = spawn('sh', ['-c', command], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('cannot be written (EFBIG)') });
    expect(await readdir(folder)).toEqual(['out.npy']);
    expect(await content('out.npy')).toBe('old');
  });
});

describe('pipes and devices', () => {
  test('a pipe is written to, with any amount of data, and stays a pipe', async () => {
    execFileSync('mkfifo', [at('pipe.npy')]);
    const reader = spawn('cat', [at('pipe.npy')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => reader.on('close', resolve));
    // Many times the capacity of a pipe.
    const data = Float32Array.from({ length: 2 ** 18 }, (_, index) => index);
    await writeTensors('test', at('pipe.npy'), { it: toStored({ data, shape: [data.length], dtype: 'float32' }) });
    await ended;
    expect(Buffer.concat(chunks).subarray(-data.byteLength)).toEqual(Buffer.from(data.buffer));
    expect((await lstat(at('pipe.npy'))).isFIFO()).toBe(true);
  });

  test('a pipe without a reader is refused and does not block', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await expect(writeWhole('test', at('pipe'), 'text')).rejects.toThrow('cannot be written (nothing reads from it)');
    expect((await lstat(at('pipe'))).isFIFO()).toBe(true);
  });

  // Only root can create devices. Other users cannot replace one either, so for them a link to the real one is safe.
  const device = async (name: string, minor: string, real: string): Promise<string> => {
    if (process.getuid?.() === 0) execFileSync('mknod', [at(name), 'c', '1', minor]);
    else await symlink(real, at(name));
    return at(name);
  };

  test('a device is written to and stays a device, through a link too', async () => {
    const sink = await device('null', '3', '/dev/null');
    await symlink('null', at('link'));
    for (const name of ['null', 'link']) {
      await writeWhole('test', at(name), 'text');
      expect((await stat(sink)).isCharacterDevice()).toBe(true);
    }
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
  });

  test('a full device is refused', async () => {
    const full = await device('full', '7', '/dev/full');
    await expect(writeWhole('test', full, 'text')).rejects.toThrow('cannot be written (ENOSPC)');
    expect((await stat(full)).isCharacterDevice()).toBe(true);
  });

  test('the report of conform can go to a device, with the same exit status', async () => {
    const sink = await device('report.json', '3', '/dev/null');
    const args = ['conform', '--backend', 'cpu:naive', '--case', 'attention/alibi:heads=12;causal', '--json', sink];
    expect((await relbias(args, { cwd: folder })).status).toBe(0);
    expect((await stat(sink)).isCharacterDevice()).toBe(true);
  });

  test('standard output that goes to a file keeps what was printed', async () => {
    // Like /dev/stdout, but safe to replace.
    await symlink('/dev/fd/1', at('stdout'));
    const args = 'conform --backend cpu:naive --case "attention/alibi:heads=12;causal" --json stdout';
    execFileSync('sh', ['-c', `"${process.execPath}" "${program}" ${args} > report.txt`], { cwd: folder });
    const printed = await content('report.txt');
    expect(printed).toContain('1/1');
    expect(printed).toContain('"format": "relbias-conform/1"');
  });
});

describe('a target that is an input is refused, however its path is written', () => {
  const slopes = toStored({ data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' });
  const bias = (...args: string[]): ReturnType<typeof relbias> =>
    relbias(['bias', '--bias', 'alibi', '--heads', '2', ...args], { cwd: folder });

  test('by links of both kinds', async () => {
    await writeTensors('test', at('slopes.npy'), { it: slopes });
    await symlink('slopes.npy', at('soft.npy'));
    await link(at('slopes.npy'), at('hard.npy'));
    for (const out of ['soft.npy', 'hard.npy']) {
      const { status, stderr } = await bias('--slopes', 'slopes.npy', '--out', out);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('which is an input') });
    }
  });

  test('by the shard of the index that a --params file names', async () => {
    await writeTensors('test', at('shard.safetensors'), { it: slopes });
    await writeFile(at('model.safetensors.index.json'), JSON.stringify({ weight_map: { it: 'shard.safetensors' } }));
    await writeFile(at('params.json'), JSON.stringify({ slopes: 'model.safetensors.index.json:it' }));
    const { status, stderr } = await bias('--params', 'params.json', '--out', 'shard.safetensors');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('which is an input') });
  });

  test('by the tensor files that a --params file names', async () => {
    await writeTensors('test', at('slopes.npy'), { it: slopes });
    await writeFile(at('params.json'), JSON.stringify({ slopes: 'slopes.npy' }));
    const before = await readFile(at('slopes.npy'));
    const { status, stderr } = await bias('--params', 'params.json', '--out', 'slopes.npy');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('which is an input') });
    expect(await readFile(at('slopes.npy'))).toEqual(before);
  });
});
