/** What a lab is: an experiment and a view that draws it. The kit's other files need one half of it only, and import that. */
import type { FileFormat } from "./file";
import type { Experiment, Model } from "./model";
import type { Values } from "./params";
import type { Ui } from "./ui";

export * from "./model";
export * from "./numbers";
export * from "./params";
export type { Carried } from "./weights";

export interface Lab<M extends Model = Model> extends Experiment<M> {
  /** Has it a smallest form (attribute `compact`): picture, a sentence and play? Its cargo comes when play is pressed. */
  readonly compact?: { readonly title: string };
  /** Can a run be saved as a file, and read again? */
  readonly file?: FileFormat<M>;
  /** Build the stage once; the result draws the model, and is called after every change. */
  view(ui: Ui): (model: M, values: Values) => void;
}
