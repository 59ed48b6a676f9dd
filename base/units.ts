// Names for sizes and times, so that no bare number needs a comment.

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

export const secondMs = 1000
export const minuteMs = 60 * secondMs
export const hourMs = 60 * minuteMs
