import { PERMISSIONS } from "../permissions";

export default PERMISSIONS;
