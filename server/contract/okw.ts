import { z } from 'zod';
import { MachineDescription, Position, Slug, StockLot } from './manufacturing.ts';

/**
 * Facilities in the words of Open Know-Where 1.0, as JSON. The standard prescribes no serialisation and demands no
 * field. What it cannot say stands under `commonwright`: a bed is one number there, and there is no stock, no cutter
 * and no nozzle below a millimetre.
 */
const OkwEquipment = z.looseObject({
  /** Wikipedia address of the process. */
  manufacturing_process: z.string().max(300).optional(),
  make: z.string().max(120).optional(),
  model: z.string().max(120).optional(),
  notes: z.string().max(2_000).optional(),
  materials_worked: z.array(z.string().max(120)).max(100).optional(),
  computer_controlled: z.boolean().optional(),
  x_travel_mm: z.number().optional(),
  y_travel_mm: z.number().optional(),
  z_travel_mm: z.number().optional(),
  commonwright: MachineDescription.optional(),
});

export const OkwFacility = z.looseObject({
  name: z.string().min(1).max(200),
  location: z
    .looseObject({
      address: z.string().max(300).optional(),
      /** Decimal degrees. */
      gps: z.strictObject({ latitude: z.number(), longitude: z.number() }).optional(),
    })
    .optional(),
  facility_status: z.enum(['Active', 'Planned', 'Temporary Closure', 'Closed']).optional(),
  manufacturing_processes: z.array(z.string().max(300)).max(100).optional(),
  typical_materials: z.array(z.string().max(120)).max(100).optional(),
  equipment: z.array(OkwEquipment).max(1_000).optional(),
  commonwright: z
    .strictObject({ lab: Slug, position: Position.optional(), stock: z.array(StockLot).max(100) })
    .optional(),
});
export type OkwFacility = z.infer<typeof OkwFacility>;

/** `GET /api/facilities.okw` */
export const OkwFacilities = z.strictObject({
  okw: z.literal('1.0'),
  facilities: z.array(OkwFacility).max(10_000),
});
export type OkwFacilities = z.infer<typeof OkwFacilities>;
