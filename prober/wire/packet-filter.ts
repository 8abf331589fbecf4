/** Classic BPF (linux/filter.h): what the kernel runs over each packet before it queues it for a socket. */

/** BPF_LDX|BPF_MSH|BPF_B: the length of the IPv4 header at k. */
const LOAD_HEADER_LENGTH = 0xb1
/** BPF_LD|BPF_H, at k and at k behind what was loaded above. */
const LOAD_WORD = 0x28
const LOAD_WORD_BEHIND = 0x48
/** BPF_JMP|BPF_JEQ|BPF_K: on equality so many instructions on, else so many. */
const IF_EQUAL = 0x15
/** BPF_RET|BPF_K: how many bytes to keep. */
const KEEP = 0x06

const ALL = 0xffff_ffff
const ID_AT = 4

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number]

/** Of what a raw ICMP socket sees, only messages with this identifier. IPv4 packets come with their header, IPv6 without. */
export function echoFilter(family: 4 | 6, id: number): Buffer {
  const load: readonly Instruction[] =
    family === 4
      ? [
          [LOAD_HEADER_LENGTH, 0, 0, 0],
          [LOAD_WORD_BEHIND, 0, 0, ID_AT],
        ]
      : [[LOAD_WORD, 0, 0, ID_AT]]
  return encode([...load, [IF_EQUAL, 0, 1, id], [KEEP, 0, 0, ALL], [KEEP, 0, 0, 0]])
}

export const INSTRUCTION_BYTES = 8

function encode(instructions: readonly Instruction[]): Buffer {
  const program = Buffer.alloc(instructions.length * INSTRUCTION_BYTES)
  for (const [index, [code, ifTrue, ifFalse, k]] of instructions.entries()) {
    const at = index * INSTRUCTION_BYTES
    program.writeUInt16LE(code, at)
    program[at + 2] = ifTrue
    program[at + 3] = ifFalse
    program.writeUInt32LE(k, at + 4)
  }
  return program
}
