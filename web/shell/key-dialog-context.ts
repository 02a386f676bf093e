import { createContext, useContext } from 'react';

/** Opens the dialog that asks for the key; what was wrong with the former one may be said in it. */
export type OpenKeyDialog = (problem?: string) => void;

export const KeyDialogContext = createContext<OpenKeyDialog>(() => undefined);

export function useKeyDialog(): OpenKeyDialog {
  return useContext(KeyDialogContext);
}
