import { writeFile } from 'node:fs/promises'

/** What is to be found under the addresses that begin with `octet`. */
export interface GeoEntry {
  readonly octet: number
  readonly record: GeoRecord
}
interface GeoRecord {
  readonly [key: string]: string | number | GeoRecord
}

const TREE_DEPTH = 8
const SEPARATOR = Buffer.alloc(16)
const METADATA_MARK = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')

/** Writes a small MaxMind DB file (version 2.0, https://maxmind.github.io/MaxMind-DB/) of IPv4 addresses. */
export async function writeGeoFile(path: string, entries: readonly GeoEntry[]): Promise<void> {
  const nodes: [number, number][] = []
  const data: Buffer[] = []
  // A full tree of the first octet: few enough nodes, and no search for common prefixes.
  const nodeCount = 2 ** TREE_DEPTH - 1
  const leafOf = (octet: number): number => {
    const entry = entries.find((one) => one.octet === octet)
    if (!entry) return nodeCount
    const offset = Buffer.concat(data).length
    data.push(encodeValue(entry.record))
    return nodeCount + SEPARATOR.length + offset
  }
  for (let node = 0; node < nodeCount; node++) {
    const child = (side: number): number => {
      const next = 2 * node + 1 + side
      return next < nodeCount ? next : leafOf(next - nodeCount)
    }
    nodes.push([child(0), child(1)])
  }
  const tree = Buffer.alloc(nodeCount * 6)
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(left, index * 6, 3)
    tree.writeUIntBE(right, index * 6 + 3, 3)
  }
  const metadata = encodeValue({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    database_type: 'Test',
    ip_version: 4,
    node_count: nodeCount,
    record_size: 24,
  })
  await writeFile(path, Buffer.concat([tree, SEPARATOR, ...data, METADATA_MARK, metadata]))
}

const TYPE = { text: 2 << 5, uint32: 6 << 5, map: 7 << 5 }

function encodeValue(value: string | number | GeoRecord): Buffer {
  if (typeof value === 'string') return Buffer.from([TYPE.text | value.length, ...Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.from([TYPE.uint32 | 4, 0, 0, 0, 0])
    bytes.writeUInt32BE(value, 1)
    return bytes
  }
  const pairs = Object.entries(value).flatMap(([key, inner]) => [encodeValue(key), encodeValue(inner)])
  return Buffer.concat([Buffer.from([TYPE.map | Object.keys(value).length]), ...pairs])
}
