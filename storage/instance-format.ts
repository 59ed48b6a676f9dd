/** Format of the data directory and of every sealed file in it. */
export const directoryFormat = 3
