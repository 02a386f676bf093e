import { SerialPort } from 'serialport';
import type { Dial } from './link.ts';

/**
 * A machine on a serial port. Hang-up on close is switched off, so that letting go of the port does not reset the board;
 * opening it for the first time still resets boards that are wired so.
 */
export function serialDial(path: string, baudRate: number): Dial {
  return (listener) =>
    new Promise((resolve, reject) => {
      const port = new SerialPort({ path, baudRate, autoOpen: false, hupcl: false });
      let isLetGo = false;
      let isClosed = false;
      const closed = (reason: string) => {
        if (isClosed || isLetGo) return;
        isClosed = true;
        listener.onClosed(reason);
      };
      port.on('data', (bytes: Buffer) => listener.onBytes(bytes));
      port.on('close', () => closed(`The serial port ${path} was unplugged.`));
      port.on('error', (error) => closed(`The serial port ${path} failed: ${error.message}.`));
      port.open((error) => {
        if (error) {
          reject(
            new Error(
              `${path} cannot be opened (${error.message}): check the cable, the name and the rights.`,
            ),
          );
          return;
        }
        resolve({
          write: (bytes) => {
            if (port.isOpen) port.write(Buffer.from(bytes));
          },
          close: async () => {
            isLetGo = true;
            if (!port.isOpen) return;
            await new Promise<void>((done) => port.close(() => done()));
          },
        });
      });
    });
}
