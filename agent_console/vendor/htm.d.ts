/** htm's one function, bound to a maker of elements. */
declare const htm: {
  bind<Made>(
    make: (type: any, props: any, ...children: any[]) => Made,
  ): (strings: TemplateStringsArray, ...values: unknown[]) => Made;
};
export default htm;
