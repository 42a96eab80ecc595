/**
 * Removes an earlier answer that is not shown. A separate control, since an empty field does not
 * show whether it was emptied or left alone.
 */
import { Checkbox } from "react-aria-components";
import type { Field } from "../api-types.ts";
import { CheckBox } from "./CheckBox.tsx";
import { labelOf } from "./field-parts.tsx";

interface RemovalControlProps {
  field: Field;
  isRemoved: boolean;
  onChange(isRemoved: boolean): void;
}

export function RemovalControl({ field, isRemoved, onChange }: RemovalControlProps) {
  return (
    <Checkbox className="wo-choice" isSelected={isRemoved} onChange={onChange}>
      <CheckBox />
      <span>
        Remove the earlier answer<span className="wo-sr-only"> to {labelOf(field)}</span>
      </span>
    </Checkbox>
  );
}
