// Original file: dragonfly/common-v1.proto

export const PieceStyle = {
  PLAIN: 'PLAIN',
} as const;

export type PieceStyle =
  | 'PLAIN'
  | 0

export type PieceStyle__Output = typeof PieceStyle[keyof typeof PieceStyle]
