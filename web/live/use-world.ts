import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { World } from './world.ts';
import { createWorldStore } from './world-store.ts';

/** Tests and pages put their own store here. */
export const WorldContext = createContext(createWorldStore());

/** A piece of the world; the component renders again only when that piece changes. */
export function useWorld<Piece>(pick: (world: World) => Piece): Piece {
  return useStore(useContext(WorldContext), useShallow(pick));
}
