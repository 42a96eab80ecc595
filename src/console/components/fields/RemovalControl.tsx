/**
 * Takes away an answer that was given before and is not shown. A control of its own, since an empty
 * field cannot say whether it was emptied or left alone.
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
        Remove the answer given before<span className="wo-sr-only"> to {labelOf(field)}</span>
      </span>
    </Checkbox>
  );
}
