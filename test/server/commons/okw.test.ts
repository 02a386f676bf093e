import { describe, expect, it } from 'vitest';
import { OkwFacilities, OkwFacility } from '#contract/okw.ts';
import { labView } from '../../../server/commons/facilities/lab-view.ts';
import { labFromOkw, okwOf } from '../../../server/commons/facilities/okw.ts';
import { knownLab } from '../../../server/commons/state.ts';
import { smallCommunity } from './small-community.ts';

const position = { latitudeUdeg: 45_764_043, longitudeUdeg: -4_835_659 };
const lab = { ...labView(knownLab(smallCommunity().state, 'lab')), position };

describe('facilities in the words of Open Know-Where', () => {
  it('come back as they went, through a file', () => {
    const { facilities } = OkwFacilities.parse(JSON.parse(JSON.stringify(okwOf([lab]))));
    const { name, place, machines, stock } = lab;
    expect(facilities.map(labFromOkw)).toEqual([{ name, place, position, machines, stock, unsaid: [] }]);
  });

  it('say in the fields of the standard what these can say', () => {
    expect(okwOf([lab]).facilities[0]).toMatchObject({
      ...{ name: 'Riverside Lab', facility_status: 'Active' },
      location: { address: 'Riverside', gps: { latitude: 45.764043, longitude: -4.835659 } },
      typical_materials: ['PETG', 'PLA', 'plywood'],
      equipment: [
        { model: 'CNC router', x_travel_mm: 2500 },
        { model: 'Printer', x_travel_mm: 220 },
      ],
    });
  });

  it('of others are read as far as they go, and what is missing is named', () => {
    const foreign = OkwFacility.parse({
      ...{ name: 'Atelier', wheelchair_accessibility: 'yes' },
      location: { address: 'Grenoble', gps: { latitude: 45.19, longitude: 5.72 } },
      equipment: [{ make: 'ShopBot', model: 'PRSalpha', bed_size: 2440 }],
    });
    expect(labFromOkw(foreign)).toEqual({
      ...{ name: 'Atelier', place: 'Grenoble', machines: [], stock: [] },
      position: { latitudeUdeg: 45_190_000, longitudeUdeg: 5_720_000 },
      unsaid: [
        'what "ShopBot PRSalpha" can do: its controller, envelope and cutter or nozzle',
        'what material it has in stock',
      ],
    });
    expect(labFromOkw(OkwFacility.parse({ name: 'Empty' })).unsaid).toEqual([
      ...['where it is, in degrees', 'which machines it has', 'what material it has in stock'],
    ]);
  });
});
