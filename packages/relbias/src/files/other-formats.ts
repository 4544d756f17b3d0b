// Recognises files of unsupported formats by their first bytes or their extension: web pages, Git LFS pointers, archives and models. Each has
// a name and a hint for the error.

/** How many bytes from the start of a file `recognise` looks at. */
export const START_BYTES = 256;

/** What a file is, and what to do about it. */
export interface OtherFormat {
  /** `a gzip file` */
  readonly name: string;
  readonly hint?: string;
}

interface KnownFormat extends OtherFormat {
  readonly extensions: readonly string[];
  /** Whether a file begins like this; `text` is its start with one character per byte. */
  readonly begins?: (text: string) => boolean;
}

const ZIP = 'PK\x03\x04';

const PYTORCH: OtherFormat = {
  name: 'a PyTorch checkpoint',
  hint: "In Python: safetensors.torch.save_file(torch.load(FILE, map_location='cpu', weights_only=True), 'model.safetensors').",
};

export const SAFETENSORS: KnownFormat = {
  name: 'a .safetensors file',
  hint: 'Give it the extension .safetensors.',
  extensions: [],
  begins: (text) => text.startsWith('\0\0\0\0{"', 4),
};

const KNOWN: readonly KnownFormat[] = [
  {
    name: 'a Git LFS pointer in place of the file',
    hint: 'Run: git lfs pull.',
    extensions: [],
    begins: (text) => text.startsWith('version https://git-lfs'),
  },
  {
    name: 'a web page in place of the file',
    hint: 'Download the file itself: on Hugging Face and GitHub its address has /resolve/ or /raw/ in place of /blob/.',
    extensions: ['.html', '.htm'],
    begins: (text) => /^\s*<(?:!doctype html|html|head|\?xml)/i.test(text),
  },
  {
    name: 'a gzip file',
    hint: 'Unpack it first: gunzip FILE.',
    extensions: ['.gz', '.tgz'],
    begins: (text) => text.startsWith('\x1f\x8b'),
  },
  {
    name: 'a compressed file',
    hint: 'Unpack it first.',
    extensions: ['.zst', '.xz', '.bz2', '.7z', '.tar', '.rar'],
    begins: (text) => ['\x28\xb5\x2f\xfd', '\xfd7zXZ', 'BZh', '7z\xbc\xaf'].some((magic) => text.startsWith(magic)),
  },
  {
    ...PYTORCH,
    extensions: ['.pt', '.pth', '.bin', '.ckpt'],
    begins: (text) => text.startsWith(ZIP) && text.includes('data.pkl'),
  },
  {
    name: 'a Python pickle',
    hint: `Save arrays with np.save, and a PyTorch checkpoint as .safetensors. ${PYTORCH.hint}`,
    extensions: ['.pkl', '.pickle', '.joblib'],
    begins: (text) => codes(text, 2)[0] === 0x80 && within(codes(text, 2)[1], 2, 5),
  },
  {
    name: 'an ONNX model',
    hint: 'In Python: np.save(FILE, onnx.numpy_helper.to_array(initializer)), for an initializer of model.graph.',
    extensions: ['.onnx'],
    begins: beginsLikeOnnx,
  },
  {
    name: 'a GGUF model',
    hint: 'In Python: np.save(FILE, gguf.dequantize(tensor.data, tensor.tensor_type)), for a tensor of gguf.GGUFReader(MODEL).',
    extensions: ['.gguf'],
    begins: (text) => text.startsWith('GGUF'),
  },
  {
    name: 'an HDF5 file',
    hint: "In Python: np.save(FILE, h5py.File(MODEL)['NAME'][...]).",
    extensions: ['.h5', '.hdf5', '.keras'],
    begins: (text) => text.startsWith('\x89HDF'),
  },
  {
    name: 'a Flax checkpoint',
    hint: 'In Python: safetensors.flax.save_file(params, FILE).',
    extensions: ['.msgpack'],
  },
  {
    name: 'a table',
    hint: "In Python: np.save(FILE, np.loadtxt(TABLE, delimiter=',', dtype='float32')).",
    extensions: ['.csv', '.tsv', '.txt'],
  },
  {
    name: 'a NumPy .npy file',
    hint: 'Give it the extension .npy.',
    extensions: [],
    begins: (text) => text.startsWith('\x93NUMPY'),
  },
  {
    name: 'a zip archive, which is what a .npz file is',
    hint: 'If it holds .npy files, give it the extension .npz.',
    extensions: ['.zip'],
    begins: (text) => text.startsWith(ZIP),
  },
  SAFETENSORS,
];

function codes(text: string, count: number = text.length): number[] {
  return Array.from(text.slice(0, count), (character) => character.charCodeAt(0));
}

function within(code: number, least: number, most: number): boolean {
  return code >= least && code <= most;
}

/** Protobuf has no magic. A model begins with its version (field 1) and the name of its producer (field 2). */
function beginsLikeOnnx(text: string): boolean {
  const [versionTag, version, producerTag, length] = codes(text, 4);
  return (
    versionTag === 0x08 &&
    within(version, 1, 32) &&
    producerTag === 0x12 &&
    within(length, 1, 64) &&
    /^[ -~]{4}/.test(text.slice(4))
  );
}

/** The format of a file by its first bytes; undefined where nothing is known about it. */
export function recognise(start: Uint8Array): OtherFormat | undefined {
  if (start.length === 0) return { name: 'an empty file', hint: 'Download or save it again.' };
  const text = String.fromCharCode(...start.subarray(0, START_BYTES));
  const known = KNOWN.find(({ begins }) => begins?.(text));
  if (known !== undefined) return known;
  if (codes(text).every((code) => code === 0))
    return { name: 'a file that begins with zeros', hint: 'Was its download cut short? Download it again.' };
  // A server's answer in place of a file is a short text: "Entry not found".
  if (/^[\t\n\r -~]{4,}$/.test(text)) {
    return {
      name: `a text that begins ${JSON.stringify(text.slice(0, 40))}`,
      hint: 'If it was downloaded, this may be an error of the server.',
    };
  }
  return undefined;
}

/** The format of a file by the extension of its path. */
export function formatByExtension(path: string): OtherFormat | undefined {
  return KNOWN.find(({ extensions }) => extensions.some((extension) => path.toLowerCase().endsWith(extension)));
}
