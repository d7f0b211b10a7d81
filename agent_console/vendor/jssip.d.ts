export { UA, WebSocketInterface, C, debug } from "jssip";
